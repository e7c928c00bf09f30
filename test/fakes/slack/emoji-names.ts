/** Some of Slack's emoji by their own names; with `addEmoji` the team's. Aliases map to the same emoji. */
const standard: Readonly<Record<string, string>> = {
  '+1': '👍',
  thumbsup: '👍',
  '-1': '👎',
  thumbsdown: '👎',
  heart: '❤',
  tada: '🎉',
  eyes: '👀',
  fire: '🔥',
  rocket: '🚀',
  clap: '👏',
  pray: '🙏',
  '100': '💯',
  white_check_mark: '✅',
  heavy_check_mark: '✔',
  x: '❌',
  smile: '😄',
  grinning: '😀',
  joy: '😂',
  sob: '😭',
  cry: '😢',
  angry: '😠',
  rage: '😡',
  confused: '😕',
  thinking_face: '🤔',
  ok_hand: '👌',
  star: '⭐',
  warning: '⚠',
  hourglass: '⌛',
  hourglass_flowing_sand: '⏳',
  speech_balloon: '💬',
  wave: '👋',
  raised_hands: '🙌',
  muscle: '💪',
  bulb: '💡',
  memo: '📝',
  zap: '⚡',
  heart_eyes: '😍',
  slightly_smiling_face: '🙂',
  disappointed: '😞',
  facepalm: '🤦',
  hankey: '💩',
  poop: '💩',
  star_struck: '🤩',
  partying_face: '🥳',
  broken_heart: '💔',
  face_vomiting: '🤮',
  no_good: '🙅',
  question: '❓',
  robot_face: '🤖',
  sparkles: '✨',
};

/** `+1`, `+1::skin-tone-3`. */
export function isEmojiName(name: string, custom: ReadonlySet<string>): boolean {
  const [base, tone, ...rest] = name.split('::');
  if (base === undefined || rest.length > 0) return false;
  if (tone !== undefined && !/^skin-tone-[2-6]$/.test(tone)) return false;
  return base in standard || custom.has(base);
}

/** Slack's own name of an emoji; a name stays itself. */
export function nameOfEmoji(emojiOrName: string): string {
  const bare = emojiOrName.replaceAll('\uFE0F', '');
  return (
    Object.entries(standard).find(([, emoji]) => emoji === bare)?.[0] ?? emojiOrName.replaceAll(/^:|:$/g, '')
  );
}
