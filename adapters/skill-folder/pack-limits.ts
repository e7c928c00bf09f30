/** What is read of one zip or folder at most, so that nobody can fill the memory with it. */
export const packLimits = {
  skills: 100,
  /** Over all skills, each SKILL.md among them. */
  files: 200,
  /** Of a file beside a SKILL.md. A SKILL.md: `mostSkillBytes`. */
  fileBytes: 1024 * 1024,
  /** Of all files together, unpacked. */
  allBytes: 8 * 1024 * 1024,
  /** Of a zip as it comes. */
  zipBytes: 16 * 1024 * 1024,
  /** Files and folders looked at in a folder. */
  entries: 10_000,
  depth: 12,
  diagnostics: 100,
} as const;

/** `64 KiB`, `1 MiB`. */
export function bytesText(bytes: number): string {
  const kib = bytes / 1024;
  return kib < 1024 ? `${kib} KiB` : `${kib / 1024} MiB`;
}
