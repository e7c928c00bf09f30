import { AppError } from '../domain/app-error.ts';

/** What people are told where a consent does not go on. */
export const over = (): AppError =>
  new AppError(
    'not_found',
    'That was used already or is older than 10 minutes. Ask for a new link in the chat.',
  );

export const otherBrowser = (): AppError =>
  new AppError(
    'not_allowed',
    'This did not begin in this browser, so nothing was linked. If you asked for it in the chat, open the link that you got there in this browser. If somebody sent you to this page, close it.',
  );

export const notTheirs = (): AppError =>
  new AppError('not_allowed', 'Somebody else began that. Ask for a link of your own.');

export const refusedThere = (): AppError =>
  new AppError('not_allowed', 'The calendar was not released, so nothing was linked.');

export const noSuchAddress = (): AppError =>
  new AppError(
    'invalid_input',
    'That is not the address of the page that the browser ended at. Copy all of it from the address bar: it has `state=` and `code=` in it.',
  );

export const noWayBack = (): AppError =>
  new AppError(
    'config_invalid',
    'There is no address that a browser could come back to: it must begin with https, or lie on the machine of the bot itself. Whoever runs the bot sets http.publicUrl to the https address at which I am reached.',
  );
