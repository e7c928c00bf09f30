const picture = /^(?:\p{RGI_Emoji}|\p{Extended_Pictographic}\p{Emoji_Modifier}?|\p{Regional_Indicator}{2})$/v;
const custom = /^\w{2,32}:\d+$/;

/** As Discord's paths and events name emoji: the characters themselves, or `name:id` of a custom one. */
export const isEmoji = (text: string): boolean => picture.test(text) || custom.test(text);
