import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../core/domain/app-error.ts';
import { brokenTokenizer, systemCode } from './errors.ts';
import { type TokenizerFiles, tokenizerFileNames } from './options.ts';

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() === true) return;
  throw new AppError(
    'config_invalid',
    `There is no folder ${folder}. Set engine.tokenizer to the folder with the model’s tokenizer.json, or to hub:org/name.`,
  );
}

/** The files of a folder. Rejects with `config_invalid` where one that must be there is missing or cannot be read. */
export async function readTokenizerFolder(folder: string): Promise<TokenizerFiles> {
  await checkFolder(folder);
  const texts = await Promise.all(
    tokenizerFileNames.map(async ({ name, part, required }) => {
      try {
        return [part, await readFile(join(folder, name), 'utf8')] as const;
      } catch (cause) {
        const code = systemCode(cause);
        if (code === 'ENOENT' && !required) return undefined;
        const problem = code === 'ENOENT' ? `${name} is missing` : `${name} cannot be read (${code})`;
        throw brokenTokenizer(folder, problem, cause);
      }
    }),
  );
  const read = new Map(texts.filter((text) => text !== undefined));
  const template = read.get('template');
  const generation = read.get('generation');
  return {
    where: folder,
    tokenizer: read.get('tokenizer') ?? '',
    config: read.get('config') ?? '',
    ...(template === undefined ? {} : { template }),
    ...(generation === undefined ? {} : { generation }),
  };
}
