import { AppError } from '../../core/domain/app-error.ts';

/** Throws `config_invalid`, which names the setting, unless requests can be made to this address. */
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
      `${settingName} must be an http or https address without a user name, such as https://api.openai.com/v1.`,
    );
  }
  return url;
}
