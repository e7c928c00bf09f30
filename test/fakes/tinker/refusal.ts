/** An HTTP refusal, or the reason of a future that failed. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly category: 'user' | 'server' | 'unknown';
  readonly headers?: Readonly<Record<string, string>>;
}

/** Ends the answering of one request with a refusal. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError';
  readonly refusal: Refusal;

  constructor(refusal: Refusal) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

export function refused(
  status: number,
  message: string,
  category: Refusal['category'] = 'user',
): RefusalError {
  return new RefusalError({ status, message, category });
}
