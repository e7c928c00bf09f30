/** Offered on an empty page to somebody who does not know what to write. Each brings a shipped skill whose effect shows. */
export const exampleQuestions: readonly string[] = [
  'How do I set up an SSH key on Linux?',
  'Compare Vue and React for a small team',
  'Why does my script crash with a KeyError?',
];
