const SVG = 'http://www.w3.org/2000/svg';

/** Paths of the icons, drawn in a 24 × 24 box with strokes. */
const icons = {
  good: 'M7 11v9H4.5a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1H7zm0 0 4-7.5c1.5 0 2.5 1.1 2.5 2.5L13 9.5h5.6a2 2 0 0 1 2 2.4l-1.3 6.5a2 2 0 0 1-2 1.6H7',
  bad: 'M17 13V4h2.5a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H17zm0 0-4 7.5c-1.5 0-2.5-1.1-2.5-2.5l.5-3.5H5.4a2 2 0 0 1-2-2.4l1.3-6.5a2 2 0 0 1 2-1.6H17',
  copy: 'M9 9h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1V10a1 1 0 0 1 1-1zM5 15H4a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1h10a1 1 0 0 1 1 1v1',
  done: 'm5 12.5 4.5 4.5L19 7.5',
  close: 'M6 6l12 12M18 6 6 18',
  week: 'M5 5h14a1 1 0 0 1 1 1v13a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zm-1 5h16M8.5 3v4m7-4v4',
  send: 'M12 19V5m-6.5 6.5L12 5l6.5 6.5',
  stop: 'M7 7h10v10H7z',
};

/** An element with attributes (`class`, `aria-…`), listeners (`onclick`) and children; text is always text. */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  element.append(...children);
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  return svg;
}

/** Changes a property or attribute only when it differs, so that nothing is announced or laid out anew. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
