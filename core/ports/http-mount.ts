/**
 * A part of the one HTTP listener. `path` is its prefix (`/` for the page, `/hooks/telegram`); the longest match wins.
 * `proof` says what each request shows before it is served off loopback; the mount itself checks it. The
 * listener hands on no body above its limit.
 */
export interface HttpMount {
  readonly path: string;
  readonly proof: 'password' | 'signature' | 'secret_token' | 'control_token' | 'none';
  fetch(request: Request): Response | Promise<Response>;
}
