import { commandCatalogue } from './catalogue.ts';
import { type CommandSpec, commandUsage } from './command-spec.ts';

const laneTexts: Readonly<Record<CommandSpec['lane'], string>> = {
  overtake: 'at once, before everything that waits',
  in_order: 'after what was written before it',
  beside: 'at once; holds nothing up',
  record: 'at once, and after a restart that came between; holds nothing up',
};

const roleTexts: Readonly<Record<CommandSpec['role'], string>> = {
  person: 'everybody who is admitted',
  maintainer: 'maintainers of the space, and operators',
  operator: 'operators',
};

/** docs/commands.md, made from the catalogue. */
export function renderCommandsReference(catalogue: readonly CommandSpec[] = commandCatalogue): string {
  const rows = catalogue.map((spec) => `| \`${commandUsage(spec)}\` | ${spec.summary} |`);
  return `# Commands

Made from the catalogue in \`core/commands/catalogue.ts\` by \`npm run docs\`; change it there.

The same commands work on every platform. What is typed before them differs: \`/\` on the page, in the terminal and on
most platforms. Names may be written in any case, and \`skill list\`, \`skill-list\` and \`skill_list\` are the same.
Several words that belong together stand in quotes. In this list \`<needed>\` must be given and \`[possible]\` may be.

| command | what it does |
| --- | --- |
${rows.join('\n')}

${catalogue.map(section).join('\n\n')}
`;
}

function section(spec: CommandSpec): string {
  const whom = spec.onlyForStrangers
    ? 'people who are not admitted yet'
    : spec.forStrangers
      ? 'everybody, admitted or not'
      : roleTexts[spec.role];
  const facts = [
    ...(spec.aliases.length > 0 ? [`Also: ${spec.aliases.map((alias) => `\`${alias}\``).join(', ')}`] : []),
    `For: ${whom}`,
    `Seen by: ${spec.answer === 'private' ? 'the asker, where the platform can do that' : 'everybody in the conversation'}`,
    `Runs: ${laneTexts[spec.lane]}`,
  ];
  return [`## \`${commandUsage(spec)}\``, spec.details, facts.map((fact) => `- ${fact}`).join('\n')].join(
    '\n\n',
  );
}
