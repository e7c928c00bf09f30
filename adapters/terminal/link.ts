/** What the person's side says. `inputId` is the same on every attempt to say it, and sorts by time. */
export interface TerminalInput {
  /** `complete`: the line so far, up to the cursor, to know what may follow. */
  readonly kind: 'line' | 'complete';
  readonly inputId: string;
  /** When it was entered, epoch milliseconds. */
  readonly enteredAt: number;
  readonly text: string;
}

/** What the channel's side shows. Text is plain: no control characters but line breaks and tabs. */
export type TerminalOutput =
  /** A whole message; one that was shown already is not shown again. */
  | {
      readonly kind: 'message';
      readonly messageId: string;
      readonly text: string;
      readonly footnote?: string;
    }
  /** More of a message that grows. The first piece opens it. */
  | { readonly kind: 'append'; readonly messageId: string; readonly text: string }
  /** The end of a message that grew. `text` is all of it. */
  | { readonly kind: 'close'; readonly messageId: string; readonly text: string; readonly footnote?: string }
  | { readonly kind: 'activity'; readonly activity: 'thinking' | 'idle' }
  | { readonly kind: 'choices'; readonly inputId: string; readonly choices: readonly string[] }
  | { readonly kind: 'commands'; readonly names: readonly string[] };

/** The channel's end of the way to the person. What carries it is not the channel's business. */
export interface TerminalLink {
  /** Who takes what the person says; `undefined` means nobody any more. Its promise rejects with `AppError` when a line was not taken. */
  listen(take: ((input: TerminalInput) => Promise<void>) | undefined): void;
  /** Shows it to everybody who is there. With nobody there, messages wait for the next one to come. Never throws. */
  show(output: TerminalOutput): void;
}

/** The person's end. */
export interface TerminalSession {
  /** Resolves when the line is taken for good. Rejects with `AppError` when it is not. */
  submit(input: TerminalInput): Promise<void>;
  /** Called with everything shown from now on, in order. Returns the way to stop. */
  watch(listener: (output: TerminalOutput) => void): () => void;
  /** Resolves when the other end is gone, with a sentence if it went by itself. */
  readonly ended: Promise<string | undefined>;
  close(): void;
}
