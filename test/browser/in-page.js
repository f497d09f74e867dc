// Runs in the page that is looked at.
globalThis.inPage = {
  /** The smallest contrast between a text and what is behind it (WCAG 2.2, contrast ratio). */
  smallestContrast() {
    const channels = (color) => (color.match(/[\d.]+/gu) ?? []).map(Number);
    const luminance = (color) => {
      const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
        const part = value / 255;
        return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
      if (element === null) return 'rgb(255, 255, 255)';
      const color = getComputedStyle(element).backgroundColor;
      return channels(color)[3] === 0 ? behind(element.parentElement) : color;
    };
    let smallest = { ratio: 21, text: '' };
    for (const element of document.querySelectorAll('body *')) {
      const text = [...element.childNodes]
        .filter(({ nodeType }) => nodeType === Node.TEXT_NODE)
        .map(({ textContent }) => textContent?.trim() ?? '')
        .join('');
      if (text === '') continue;
      const [a, b] = [luminance(getComputedStyle(element).color), luminance(behind(element))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < smallest.ratio) smallest = { ratio, text };
    }
    return smallest;
  },

  /** What a screen reader would stumble over. */
  obstacles() {
    const found = [];
    const all = (selector) => [...document.querySelectorAll(selector)];
    if (document.documentElement.lang === '') found.push('no language');
    if (document.title === '') found.push('no title');
    if (all('main').length !== 1) found.push('not one main');
    if (all('h1').length !== 1) found.push('not one h1');
    let level = 0;
    for (const { tagName } of all('h1, h2, h3, h4')) {
      const next = Number(tagName.slice(1));
      if (next > level + 1) found.push(`${tagName} after H${String(level)}`);
      level = next;
    }
    for (const input of all('input')) {
      if (document.querySelector(`label[for="${input.id}"]`) === null) found.push('no label');
    }
    for (const link of all('a, button')) {
      if ((link.textContent ?? '').trim() === '') found.push('a link without text');
    }
    for (const table of all('table')) {
      if (table.querySelector('caption') === null) found.push('no caption');
      if (table.querySelector('th:not([scope])') !== null) found.push('no scope');
    }
    for (const selector of ['header', 'footer', 'nav', 'section, [role=region]', '[role=search]']) {
      for (const element of all(selector)) {
        const isInMain = element.closest('main') !== null;
        if (/header|footer/u.test(selector) && isInMain) found.push(`${selector} in main`);
        const name = element.getAttribute('aria-label') ?? element.getAttribute('aria-labelledby');
        if (/section|nav/u.test(selector) && name === null)
          found.push(`${selector} without a name`);
      }
    }
    for (const image of all('img, svg')) {
      if (!image.hasAttribute('alt') && !image.hasAttribute('aria-hidden')) found.push('no alt');
    }
    for (const element of all('[tabindex]')) {
      if (Number(element.getAttribute('tabindex')) > 0) found.push('an order of its own');
    }
    for (const element of all('dl > *, dl > div > *')) {
      if (!['DIV', 'DT', 'DD'].includes(element.tagName)) found.push('not of a list');
    }
    for (const element of all('ul > *, ol > *')) {
      if (element.tagName !== 'LI') found.push('no item');
    }
    for (const element of all('button, input, summary')) {
      const { height, width } = element.getBoundingClientRect();
      if (height < 24 || width < 24) found.push(`${element.tagName} is too small to be hit`);
    }
    const ids = all('[id]').map(({ id }) => id);
    if (new Set(ids).size !== ids.length) found.push('an id twice');
    for (const element of all('[aria-labelledby]')) {
      const id = element.getAttribute('aria-labelledby') ?? '';
      if (document.getElementById(id) === null) found.push(`no label ${id}`);
    }
    for (const element of all('main *')) {
      const scrolls = element.scrollWidth > element.clientWidth + 1;
      const { overflowX } = getComputedStyle(element);
      if (scrolls && overflowX === 'auto' && element.getAttribute('tabindex') === null) {
        found.push('scrolls only with a mouse');
      }
    }
    return found;
  },

  unfold() {
    for (const one of document.querySelectorAll('details')) one.open = true;
  },

  /** Pixels by which the page is wider than its window. */
  overhang: () => document.documentElement.scrollWidth - innerWidth,

  focused: () => document.activeElement?.textContent,
};
