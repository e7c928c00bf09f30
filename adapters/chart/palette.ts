/** On a white ground of their own, so that they look the same in light and dark chats; told apart by people who see few colours. */
export const palette = {
  ground: '#ffffff',
  frame: '#c9d1d9',
  plot: '#f6f8fa',
  grid: '#dfe4ea',
  zero: '#8b949e',
  ink: '#1f2328',
  soft: '#57606a',
  uses: '#3b76c4',
  reward: '#b35900',
  lift: '#7a3fb0',
  mark: '#57606a',
  kl: '#3b76c4',
  klBase: '#2a8f82',
  entropy: '#7a3fb0',
  ess: '#3f7d2e',
  skipped: '#f3e2bd',
  sleep: '#5b4b9a',
  busy: '#b35900',
  window: '#2f7d4f',
  windowTint: '#dcefe3',
  unseen: '#c3cad2',
  quietOnLittle: '#57606a',
  quietOnMuch: '#ffffff',
  now: '#cf222e',
} as const;

/** From nothing to the most: darker all the way, so that it reads without colours too. */
export const heat = ['#eef3fa', '#c9ddf2', '#94bfe4', '#5b97cf', '#2f6cb0', '#17447f', '#0b2650'] as const;

export const sizes = { title: 25, subtitle: 16, heading: 16, label: 14 } as const;

/** What is around every picture. */
export interface FrameColours {
  readonly ground: string;
  readonly frame: string;
  readonly ink: string;
  readonly soft: string;
}

/** What a week is drawn in. */
export interface WeekColours extends FrameColours {
  readonly plot: string;
  readonly sleep: string;
  readonly busy: string;
  readonly window: string;
  readonly windowTint: string;
  readonly unseen: string;
  /** Of the dots, on hours with little and with much in them. */
  readonly quietOnLittle: string;
  readonly quietOnMuch: string;
  readonly now: string;
  /** From nothing to the most, by brightness too. */
  readonly heat: readonly [string, ...string[]];
}

export const light: WeekColours = { ...palette, heat };

/** For a page that is dark itself. The most is the brightest: darker would be lost in the ground. */
export const dark: WeekColours = {
  ground: '#211e1a',
  frame: '#3b362f',
  plot: '#2b2722',
  ink: '#ece7de',
  soft: '#ada496',
  sleep: '#9d8ce0',
  busy: '#e8944a',
  window: '#5fbf8a',
  windowTint: '#1f3a2b',
  unseen: '#575046',
  quietOnLittle: '#e6dfd3',
  quietOnMuch: '#16130f',
  now: '#ff6b6b',
  heat: ['#27313d', '#28425f', '#2b5a88', '#3a78b6', '#639dd2', '#9cc5e8', '#dcecf9'],
};
