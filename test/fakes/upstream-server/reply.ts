export interface ReplyCall {
  readonly id: string;
  readonly name: string;
  /** JSON. */
  readonly arguments: string;
}

/** What a model says, whatever the dialect. */
export interface Reply {
  readonly text?: string;
  readonly thinking?: string;
  readonly calls?: readonly ReplyCall[];
  readonly usage?: { readonly input: number; readonly output: number };
}

/** What of a request decides how an answer is written. */
export interface Asked {
  /** The how-manieth answer of the server this is; ids are made of it. */
  readonly number: number;
  readonly model: string;
  /** The request, parsed. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export const usageOf = ({ usage }: Reply): { readonly input: number; readonly output: number } =>
  usage ?? { input: 11, output: 7 };

/** Two halves of a text, as a model writes in pieces. */
export function halves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((piece) => piece !== '');
}

/** One server-sent event. */
export function event(data: unknown, name?: string): string {
  const line = `data: ${JSON.stringify(data)}\n\n`;
  return name === undefined ? line : `event: ${name}\n${line}`;
}

export const madeAt = 1_780_000_000;
