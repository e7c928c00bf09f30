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
} as const;

export const sizes = { title: 25, subtitle: 16, heading: 16, label: 14 } as const;
