import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chatBody } from './chat-body.ts';

/** Files with what is asked, by what it is for. */
export interface BodyFiles {
  readonly skilled: string;
  readonly skilledStream: string;
  /** Words that lead to no skill. */
  readonly plain: string;
}

const greetings = Array.from({ length: 50 }, (_, at) => `Hello! ${at + 1}`);

/** `messages`: words that lead to skills. */
export function writeBodies(folder: string, messages: readonly string[]): BodyFiles {
  const write = (name: string, words: readonly string[], isStream: boolean): string => {
    const file = join(folder, `${name}.json`);
    const bodies = words.map((content) => chatBody([{ role: 'user', content }], isStream));
    writeFileSync(file, JSON.stringify(bodies));
    return file;
  };
  return {
    skilled: write('skilled', messages, false),
    skilledStream: write('skilled-stream', messages, true),
    plain: write('plain', greetings, false),
  };
}
