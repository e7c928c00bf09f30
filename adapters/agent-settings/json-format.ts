import { type ParseError, parse, parseTree, printParseErrorCode } from 'jsonc-parser';
import { AppError } from '../../core/domain/app-error.ts';
import { removeFromJson, setInJson } from './json-edit.ts';
import type { SettingsFormat } from './settings-format.ts';
import { isTree, type SettingPath } from './tree.ts';

const BYTE_ORDER_MARK = '\ufeff';
const leniently = { allowTrailingComma: true } as const;

function placeIn(text: string, offset: number): string {
  const lines = text.slice(0, offset).split('\n');
  return `line ${lines.length}, column ${(lines.at(-1)?.length ?? 0) + 1}`;
}

const withoutMark = (text: string): string => (text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);

/** Edits behind a byte order mark, which stays. */
function behindMark(text: string, edit: (body: string) => string | undefined): string | undefined {
  const body = withoutMark(text);
  const edited = edit(body);
  return edited === undefined || body === text ? edited : `${BYTE_ORDER_MARK}${edited}`;
}

/** JSON, also with comments and trailing commas. A blank text is an object without anything in it. */
export const jsonFormat: SettingsFormat = {
  read(text) {
    const body = withoutMark(text);
    if (body.trim() === '') return {};
    const problems: ParseError[] = [];
    const value: unknown = parse(body, problems, leniently);
    const [problem] = problems;
    if (problem !== undefined) {
      throw new AppError(
        'config_invalid',
        `The file is not valid JSON (${placeIn(body, problem.offset)}: ${printParseErrorCode(problem.error)}). Mend it and try again; nothing was changed.`,
      );
    }
    if (isTree(value)) return value;
    throw new AppError(
      'config_invalid',
      'The file holds no JSON object. Mend it and try again; nothing was changed.',
    );
  },
  render: (tree) => `${JSON.stringify(tree, undefined, 2)}\n`,
  set: (text, path, value) =>
    behindMark(text, (body) => {
      const root = parseTree(body.trim() === '' ? '{}' : body, [], leniently);
      if (root === undefined) return undefined;
      return body.trim() === ''
        ? `${setInJson('{}', root, path, value)}\n`
        : setInJson(body, root, path, value);
    }),
  remove: (text, path: SettingPath) =>
    behindMark(text, (body) => {
      const root = parseTree(body, [], leniently);
      return root === undefined ? undefined : removeFromJson(body, root, path);
    }),
};
