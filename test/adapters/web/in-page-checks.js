/* Evaluated inside the page by browser.test.ts: an expression that gives the checks. */
(() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

  /** Any CSS colour as [red, green, blue, alpha]. */
  function rgba(color) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }
  const over = ([r, g, b, a], base) => [r, g, b].map((part, index) => part * a + base[index] * (1 - a));
  function background(element) {
    const layers = [];
    for (let at = element; at !== null; at = at.parentElement) {
      const color = rgba(getComputedStyle(at).backgroundColor);
      if (color[3] > 0) layers.push(color);
      if (color[3] === 1) break;
    }
    return layers.reduceRight((base, layer) => over(layer, base), [255, 255, 255]);
  }
  function luminance(color) {
    const [r, g, b] = color.map((part) => {
      const share = part / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function ratio(one, other) {
    const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  }
  const isShown = (element) =>
    element.checkVisibility() && element.closest('.hidden, .skip, :disabled') === null;
  const nameOf = (element) =>
    `${element.tagName.toLowerCase()}${element.id && `#${element.id}`}.${[...element.classList].join('.')} ${element.textContent.trim().slice(0, 30)}`;

  function controlFaults(control) {
    const name =
      control.getAttribute('aria-label') ?? control.labels?.[0]?.textContent ?? control.textContent;
    const { width, height } = control.getBoundingClientRect();
    return [
      ...(name.trim() === '' ? ['no name'] : []),
      ...(control.matches('button:not([type])') ? ['no type'] : []),
      ...(!control.matches('a') && Math.min(width, height) < 24 ? [`small target ${width} x ${height}`] : []),
      ...(control.tabIndex < 0 ? ['not reachable'] : []),
    ].map((fault) => `${fault}: ${nameOf(control)}`);
  }
  const all = (selector) => [...document.querySelectorAll(selector)];
  const references = ['aria-controls', 'aria-describedby', 'aria-activedescendant', 'aria-labelledby', 'for'];
  const danglingReferences = () =>
    references.flatMap((name) =>
      all(`[${name}]`)
        .filter((element) => document.getElementById(element.getAttribute(name)) === null)
        .map((element) => `${name} to nothing: ${nameOf(element)}`),
    );
  const doubledIds = () => {
    const ids = all('[id]').map((element) => element.id);
    return ids.filter((id, index) => ids.indexOf(id) !== index).map((id) => `id twice: ${id}`);
  };

  return {
    /** Texts and icons that reach less than this contrast. */
    lowContrast() {
      const found = [];
      for (const element of document.querySelectorAll('body *')) {
        if (!isShown(element)) continue;
        const hasText = [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.data.trim() !== '',
        );
        const isIcon = element.matches('button svg');
        if (!hasText && !isIcon) continue;
        const base = background(element);
        const reached = ratio(over(rgba(getComputedStyle(element).color), base), base);
        if (reached < (isIcon ? 3 : 4.5)) found.push(`${nameOf(element)}: ${reached.toFixed(2)}`);
      }
      const box = document.querySelector('textarea, input');
      const placeholder = rgba(getComputedStyle(box, '::placeholder').color);
      if (ratio(over(placeholder, background(box)), background(box)) < 4.5) found.push('placeholder');
      return found;
    },
    /** Controls without a name, images without alternative, ids that stand twice, references to nothing, groups without a name. */
    faults() {
      const firstHeading = all('h1, h2, h3, h4, h5, h6').find((heading) => heading.checkVisibility());
      return [
        ...all('button, input, textarea, select, a[href], summary').filter(isShown).flatMap(controlFaults),
        ...all('img:not([alt])').map(nameOf),
        ...doubledIds(),
        ...danglingReferences(),
        ...all(':is([role="group"], [role="region"], [role="log"], [role="listbox"]):not([aria-label])').map(
          nameOf,
        ),
        ...(firstHeading?.tagName === 'H1' ? [] : ['the first heading is not of the first level']),
        ...(document.documentElement.lang === '' || document.title === '' ? ['no language or title'] : []),
      ];
    },
    /** Elements that reach beyond the screen, apart from what scrolls inside its own frame. */
    tooWide() {
      const width = document.documentElement.clientWidth;
      const isFramed = (element) => element.parentElement.closest('pre, .table, .week') !== null;
      const found = all('body *').filter((element) => {
        if (!isShown(element) || isFramed(element)) return false;
        const { left, right, width: own } = element.getBoundingClientRect();
        return own > 0 && (right > width + 0.5 || left < -0.5);
      });
      const scrolls =
        document.documentElement.scrollWidth > width ||
        document.querySelector('#scroller').scrollWidth > document.querySelector('#scroller').clientWidth;
      return [...found.map(nameOf), ...(scrolls ? ['the page scrolls sideways'] : [])];
    },
  };
})();
