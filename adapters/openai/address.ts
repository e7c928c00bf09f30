import { AppError } from '../../core/domain/app-error.ts';

/** The server's address as a URL. Throws `config_invalid`, which names the setting, where no request can be made to it. */
export function addressOf(baseUrl: string, settingName: string): URL {
  const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
  if (
    url === undefined ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new AppError(
      'config_invalid',
      `${settingName} must be an http or https address without a user name, such as http://127.0.0.1:11434/v1.`,
    );
  }
  return url;
}
