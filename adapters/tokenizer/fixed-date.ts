/**
 * What `strftime_now` says in templates: always 26 July 2024, 12:00, the day on which Llama's own templates fall back.
 * A prompt that changed at midnight would be another one than the one that was trained on; who wants the model to know
 * the date tells it in a message.
 */
export function fixedDate(format: string): string {
  return format.replaceAll(/%-?([a-zA-Z%])/g, (whole, letter: string) => parts.get(letter) ?? whole);
}

const parts: ReadonlyMap<string, string> = new Map([
  ['Y', '2024'],
  ['y', '24'],
  ['m', '07'],
  ['B', 'July'],
  ['b', 'Jul'],
  ['d', '26'],
  ['e', '26'],
  ['j', '208'],
  ['A', 'Friday'],
  ['a', 'Fri'],
  ['H', '12'],
  ['I', '12'],
  ['p', 'PM'],
  ['M', '00'],
  ['S', '00'],
  ['F', '2024-07-26'],
  ['T', '12:00:00'],
  ['Z', 'UTC'],
  ['z', '+0000'],
  ['%', '%'],
]);
