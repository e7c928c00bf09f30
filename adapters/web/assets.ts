import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { AppError } from '../../core/domain/app-error.ts';

/** One file of the page. */
export interface Asset {
  readonly body: string;
  readonly type: string;
  readonly etag: string;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/** The page's files by name, read once: a request can name none but these. Throws `config_invalid` when they are missing. */
export function loadAssets(folder: string, digest: (text: string) => string): ReadonlyMap<string, Asset> {
  const assets = new Map<string, Asset>();
  try {
    for (const name of readdirSync(folder)) {
      const type = types[extname(name)];
      if (type === undefined) continue;
      const body = readFileSync(join(folder, name), 'utf8');
      assets.set(name, { body, type, etag: `"${digest(body).slice(0, 24)}"` });
    }
  } catch (error) {
    throw missing(folder, error);
  }
  if (!assets.has('index.html') || !assets.has('login.html')) throw missing(folder);
  return assets;
}

function missing(folder: string, cause?: unknown): AppError {
  const message = `The files of the web page are missing in ${folder}: install MetaClaw again.`;
  return new AppError('config_invalid', message, { cause });
}
