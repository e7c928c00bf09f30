/**
 * One form for all cases of a text, letter by letter. What lower and upper case make of a letter shares a letter with it
 * in this form, also where they make two of one.
 */
export function caseless(text: string): string {
  let form = '';
  for (const letter of text) form += letter.toLowerCase().toUpperCase().toLowerCase();
  return form;
}
