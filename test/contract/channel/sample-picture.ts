import type { Picture } from '../../../core/domain/outbound-message.ts';

/** One grey pixel. */
const onePixel =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCB4T7b8QAAAABJRU5ErkJggg==';

/** A small PNG that shows what `alt` says. */
export const samplePicture = (alt: string): Picture => ({
  fileName: 'effect.png',
  mediaType: 'image/png',
  bytes: new Uint8Array(Buffer.from(onePixel, 'base64')),
  alt,
});
