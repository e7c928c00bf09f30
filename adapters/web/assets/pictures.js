import { el } from './dom.js';

/** The pictures below an answer. Those that stand there already are left alone. */
export function createPictures() {
  const element = el('div', { class: 'pictures' });
  let shown = '';
  return {
    element,
    update(pictures) {
      element.hidden = pictures.length === 0;
      const wanted = JSON.stringify(pictures);
      if (wanted === shown) return;
      shown = wanted;
      element.replaceChildren(
        // With their size, so that nothing moves when they have loaded.
        ...pictures.map(({ url, alt, width, height }) =>
          el('img', { src: url, alt, width: width || null, height: height || null }),
        ),
      );
    },
  };
}
