import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { projectRoot, sourceFiles } from './source-files.ts';

const client = 'adapters/google-calendar/client.ts';
const calendarOnly = /^googleapis\/build\/src\/apis\/calendar\/(?:index|v3)\.js$/;

/** What the linter finds in a file of this text by the project’s own rules. */
function lint(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lint-'));
  try {
    const config: unknown = JSON.parse(readFileSync(join(projectRoot, 'biome.json'), 'utf8'));
    const here = { ...Object(config), vcs: { enabled: false } };
    writeFileSync(join(folder, 'biome.json'), JSON.stringify(here));
    writeFileSync(join(folder, 'some-file.ts'), text);
    const biome = join(projectRoot, 'node_modules/.bin/biome');
    const { stdout, stderr } = spawnSync(biome, ['lint', 'some-file.ts'], { cwd: folder, encoding: 'utf8' });
    return `${stdout}${stderr}`;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('the SDK of Google', () => {
  test('is imported by its calendar client only, and of it the calendar only', () => {
    const files = sourceFiles('core', 'adapters', 'config', 'main.ts', 'test', 'bench');
    const wrong = files.flatMap(({ path, imports }) =>
      imports
        .filter((target) => /^(?:googleapis|google-auth-library|gaxios)/.test(target))
        .filter((target) => path !== client || !calendarOnly.test(target))
        .map((target) => `${path} imports ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('is loaded when a calendar is first read, not before', () => {
    const [file] = sourceFiles(client);
    const atStart = [...(file?.text ?? '').matchAll(/^import (?!type\b)[^;]*from '(googleapis[^']*)'/gm)];
    expect(atStart.map(([, target]) => target)).toEqual([]);
    expect(file?.text).toMatch(/\bimport\('googleapis\//);
  });

  test('is refused by the linter where all of it is imported', () => {
    const root = "import { google } from 'googleapis';\nexport const all = google;\n";
    expect(lint(root)).toMatch(/noRestrictedImports/);
    const part = lint(root.replace("'googleapis'", "'googleapis/build/src/apis/calendar/index.js'"));
    expect(part).not.toMatch(/noRestrictedImports/);
    expect(part).toMatch(/Checked 1 file/);
  });
});
