/** For everybody who is admitted, answered to them alone, at any time. */
export const usualCommand = {
  aliases: [],
  args: [],
  role: 'person',
  lane: 'beside',
  answer: 'private',
  forStrangers: false,
  onlyForStrangers: false,
  opensForm: false,
} as const;
