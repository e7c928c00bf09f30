import { graphemeFloor } from '../../core/domain/text-cut.ts';

/** How far DejaVu Sans advances for U+0020 to U+007E, in thousandths of its size. */
const regular = [
  318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637,
  637, 637, 637, 637, 637, 337, 337, 838, 838, 838, 531, 1000, 685, 687, 699, 771, 632, 576, 775, 752, 295,
  295, 656, 558, 863, 749, 788, 604, 788, 695, 635, 611, 732, 685, 989, 686, 611, 686, 391, 337, 391, 838,
  500, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521,
  393, 634, 592, 818, 592, 592, 525, 637, 337, 637, 838,
] as const;
const bold = [
  349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696,
  696, 696, 696, 696, 696, 400, 400, 838, 838, 838, 581, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373,
  373, 775, 638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458, 366, 458, 838,
  500, 500, 675, 716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596,
  479, 712, 652, 924, 646, 652, 583, 712, 366, 712, 838,
] as const;
/** Signs of our own texts. */
const signs: Readonly<Record<string, number>> = {
  '−': 838,
  '…': 1000,
  '’': 390,
  '“': 600,
  '”': 600,
  '·': 400,
};
/** Wider than anything in Latin, Greek and Cyrillic; than any box that stands for Chinese, Japanese or Korean; than anything. */
const [wideLetter, wideBox, widest] = [1500, 1100, 1900] as const;

function advance(character: string, isBold: boolean): number {
  const code = character.codePointAt(0) ?? 0;
  const known = (isBold ? bold : regular)[code - 0x20] ?? signs[character];
  if (known !== undefined) return known;
  if (code < 0x500) return wideLetter;
  return code >= 0x3000 && code < 0xd800 ? wideBox : widest;
}

/** How wide a text can be at most, in pixels. Labels that do not meet by this measure do not meet in the picture. */
export function textWidth(text: string, size: number, isBold = false): number {
  let thousandths = 0;
  for (const character of text) thousandths += advance(character, isBold);
  return (thousandths * size) / 1000;
}

/** The text, or its beginning with an ellipsis, so that it surely fits. */
export function fitting(text: string, size: number, mostWidth: number, isBold = false): string {
  if (textWidth(text, size, isBold) <= mostWidth) return text;
  const room = mostWidth - textWidth('…', size, isBold);
  let end = 0;
  let used = 0;
  for (const character of text) {
    used += textWidth(character, size, isBold);
    if (used > room) break;
    end += character.length;
  }
  return `${text.slice(0, graphemeFloor(text, end)).trimEnd()}…`;
}
