/** What of one answer is held, in characters. */
export const maxAnswerChars = 2_000_000;

/** A budget of characters. */
export interface Room {
  /** As much of the text's beginning as there is still room for; no half of a surrogate pair. */
  take(text: string): string;
  /** For text that is held no longer. */
  giveBack(chars: number): void;
}

export function createRoom(chars: number = maxAnswerChars): Room {
  let left = chars;
  return {
    take(text) {
      if (text.length <= left) {
        left -= text.length;
        return text;
      }
      const fitting = text.slice(0, left);
      left = 0;
      return isHighSurrogate(fitting.charCodeAt(fitting.length - 1)) ? fitting.slice(0, -1) : fitting;
    },
    giveBack(held) {
      left += held;
    },
  };
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
