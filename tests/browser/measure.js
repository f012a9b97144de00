// Copyright: Contributors to the imds.azure collection
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// What the browser made of a page. Each function gives back JSON: lists of what is wrong are empty where nothing is.
({
  // Text that is drawn, each piece with its element and its rectangles. What is clipped away for screen readers alone is no such text.
  texts() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode, element = node.parentElement;
      if (!node.data.trim() || !element.checkVisibility({visibilityProperty: true}) || element.closest('thead, .skip') && this.clipped(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const rectangles = [...range.getClientRects()].filter(one => one.width && one.height);
      if (rectangles.length) found.push({element, words: node.data.trim(), rectangles});
    }
    return found;
  },

  clipped(element) {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one), place = one.getBoundingClientRect();
      if (style.clipPath !== 'none' || place.right <= 0) return true;
    }
    return false;
  },

  // The parts of an opaque colour, 0 to 255; whatever else a style may say is refused.
  colour(text) {
    const parts = text.match(/^rgb\((\d+), (\d+), (\d+)\)$/);
    if (!parts) throw new Error(`no opaque colour: ${text}`);
    return parts.slice(1).map(Number);
  },

  // As the Web Content Accessibility Guidelines define it.
  luminance(text) {
    const [red, green, blue] = this.colour(text).map(part => part / 255).map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  },

  ratio(one, other) {
    const [dark, light] = [this.luminance(one), this.luminance(other)].sort((left, right) => left - right);
    return (light + 0.05) / (dark + 0.05);
  },

  // Where nothing is painted the browser shows the ground of the page, which body paints here.
  ground(element) {
    for (let one = element; one; one = one.parentElement) {
      const style = getComputedStyle(one);
      if (style.opacity !== '1' || style.backgroundImage !== 'none') throw new Error(`${one.tagName} is painted in a way that is not measured`);
      if (style.backgroundColor !== 'rgba(0, 0, 0, 0)') return style.backgroundColor;
    }
    throw new Error('the page paints no ground');
  },

  // Everything coloured, with the contrast it has and the one it needs.
  contrasts() {
    const found = [];
    const add = (element, words, style, needed) => {
      found.push({words, ratio: this.ratio(style, this.ground(element)), needed});
    };
    const needed = style => parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && Number(style.fontWeight) >= 700 ? 3 : 4.5;
    for (const {element, words} of this.texts()) {
      add(element, words, getComputedStyle(element).color, needed(getComputedStyle(element)));
      const before = getComputedStyle(element, '::before');
      if (before.content !== 'none') add(element, before.content, before.color, needed(before));
    }
    for (const bar of document.querySelectorAll('.bar')) {
      if (bar.checkVisibility() && bar.offsetWidth) add(bar.parentElement, 'bar', getComputedStyle(bar).backgroundColor, 3);
    }
    return found;
  },

  // Text and boxes that reach out of the window or out of the box that cuts them off.
  cutOff() {
    const found = [], width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) found.push(`the page is ${document.documentElement.scrollWidth} wide in a window of ${width}`);
    for (const {element, words, rectangles} of this.texts()) {
      if (rectangles.some(one => one.left < 0 || one.right > width + 0.5)) found.push(`out of the window: ${words}`);
      for (let box = element; box !== document.body; box = box.parentElement) {
        const style = getComputedStyle(box), place = box.getBoundingClientRect();
        const cuts = style.overflowX !== 'visible' || style.overflowY !== 'visible' || style.textOverflow !== 'clip';
        const out = one => one.left < place.left - 0.5 || one.right > place.right + 0.5 || one.top < place.top - 0.5 || one.bottom > place.bottom + 0.5;
        if (cuts && rectangles.some(out)) found.push(`cut off by ${box.tagName}: ${words}`);
        if (/^(LI|TD|TH|P|SUMMARY)$/.test(box.tagName) && rectangles.some(one => one.right > place.right + 0.5)) found.push(`out of its ${box.tagName}: ${words}`);
      }
    }
    return found;
  },

  // Pairs of texts, or of a text and a bar, that are drawn over each other by more than a hair.
  overlaps() {
    const boxes = [];
    for (const {words, rectangles} of this.texts()) for (const place of rectangles) boxes.push({words, place});
    for (const bar of document.querySelectorAll('.bar')) {
      if (bar.checkVisibility() && bar.offsetWidth) boxes.push({words: 'bar', place: bar.getBoundingClientRect()});
    }
    boxes.sort((one, other) => one.place.top - other.place.top);
    const found = [];
    let near = [];
    for (const box of boxes) {
      near = near.filter(one => one.place.bottom > box.place.top + 3);
      for (const one of near) {
        const across = Math.min(one.place.right, box.place.right) - Math.max(one.place.left, box.place.left);
        const down = Math.min(one.place.bottom, box.place.bottom) - box.place.top;
        if (across > 1 && down > 3) found.push(`${one.words} | ${box.words}`);
      }
      near.push(box);
    }
    return found;
  },

  // Words of headings and of heads of tables that are drawn on two lines, which is for values of hosts alone.
  brokenWords() {
    const found = [];
    for (const node of document.querySelectorAll('h2, thead th')) {
      if (this.clipped(node)) continue;
      for (const word of node.textContent.matchAll(/\S+/g)) {
        const range = document.createRange();
        range.setStart(node.firstChild, word.index);
        range.setEnd(node.firstChild, word.index + word[0].length);
        if (range.getClientRects().length > 1) found.push(word[0]);
      }
    }
    return found;
  },

  smallestText() {
    return Math.min(...this.texts().map(({element}) => parseFloat(getComputedStyle(element).fontSize)));
  },

  // What has the focus: its name, and whether a person sees it and that it has it.
  focused() {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element), place = element.getBoundingClientRect();
    return {
      name: element.textContent.trim(),
      tag: element.tagName,
      outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
      contrast: style.outlineStyle === 'none' ? 0 : this.ratio(style.outlineColor, this.ground(element)),
      inWindow: place.width > 0 && place.left >= 0 && place.top >= 0 && place.right <= innerWidth && place.bottom <= innerHeight,
      open: element.tagName === 'SUMMARY' ? element.parentElement.open : null,
    };
  },

  // Everything that the keyboard should reach as the page is now.
  operable() {
    return [...document.querySelectorAll('a[href], summary, button, input, select, textarea')].filter(one => one.checkVisibility()).map(one => one.textContent.trim());
  },
})
