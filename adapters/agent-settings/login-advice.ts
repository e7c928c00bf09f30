import type { ConnectTarget } from './agent-settings.ts';

/**
 * What becomes of an agent's login at its provider. `kept` and `replaced` begin the sentence. Which of the two keys of a model
 * server a key of ours stands for is not known here.
 */
export function loginAdvice(kept: string, replaced: string, { key, login }: ConnectTarget): string {
  const ownKey = 'MetaClaw asks the model server with its own key';
  if (login === 'replace') {
    return key === undefined
      ? `${replaced}: ${ownKey}.`
      : `${replaced}: ${ownKey}, unless yours was made with --upstream-key caller.`;
  }
  return key === undefined
    ? `${kept}, which is passed on where MetaClaw has no key of its own for the provider. Without a login choose --replace-login.`
    : `${kept}, which is passed on only where your key was made with --upstream-key caller. Else ${ownKey}, and needs one; then a login is not needed: --replace-login.`;
}
