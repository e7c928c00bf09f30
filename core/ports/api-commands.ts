import type { SpaceId } from '../domain/ids.ts';
import type { ApiCaller } from './api-access.ts';

export interface ApiCommandPlace {
  /**
   * A message id of the answer that the command is about, as a reply to it would say in a chat, or a caller's own name for it: that of
   * `as`, else of any key of the space.
   */
  readonly about?: string;
  /** The name or the id of a key of that space: the command is given as the caller that shows it, whose own skills it then reaches. `local`: one without a key. */
  readonly as?: string;
  /** With `as`: on whose behalf that caller asks, as `ApiPresented.user`. */
  readonly user?: string;
}

/** Commands of the catalogue for spaces whose callers cannot type any. */
export interface ApiCommands {
  /**
   * What a maintainer of that space is told to the line, Markdown; also where the command refuses or fails. Rejects with
   * `not_found` for a space, an answer or a key that is not there, and with `invalid_input` for a key of another space and a name of
   * several answers; both name the field. With storage errors where an answer cannot be looked for.
   */
  run(spaceId: SpaceId, line: string, by: ApiCaller, place?: ApiCommandPlace): Promise<string>;
}
