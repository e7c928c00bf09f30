import { AppError } from '../domain/app-error.ts';
import { nearest } from '../domain/nearest.ts';
import type { Skill } from '../domain/skill.ts';
import type { SkillAudience } from '../skills/shelves.ts';
import type { CommandCall, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { counted, literal, shortened } from './markdown-text.ts';

const pageSize = 10;
const searchLimit = 8;
const shownDescriptionChars = 140;

/** The skills of this space. */
export function audienceOf({ conversation }: CommandInvocation): SkillAudience {
  return { platform: conversation.platform, spaceId: conversation.spaceId };
}

export function runSkillList({ invocation, args, deps }: CommandCall): string {
  const skills = deps.skills.list(audienceOf(invocation));
  if (skills.length === 0)
    return 'I have no skills here. The operator can put some into the `skills` folder of the data folder.';
  const pages = Math.ceil(skills.length / pageSize);
  const page = Number(args['page'] ?? '1');
  if (page > pages) return `There ${pages === 1 ? 'is one page' : `are ${pages} pages`} of skills only.`;
  const shown = skills.slice((page - 1) * pageSize, page * pageSize);
  const heading = `**${counted(skills.length, 'skill', 'skills')}**, generation ${deps.skills.generation()}`;
  const where = pages === 1 ? '' : `, page ${page} of ${pages}`;
  const next = page < pages ? [`The next ones: ${typed(invocation, `skill list ${page + 1}`)}`] : [];
  return [
    `${heading}${where}`,
    shown.map(summaryLine).join('\n'),
    [...next, `One in full: ${typed(invocation, 'skill show <name>')}`].join('\n'),
  ].join('\n\n');
}

function summaryLine(skill: Skill): string {
  return `- **${literal(skill.name)}** – ${literal(shortened(skill.description, shownDescriptionChars))}`;
}

export function runSkillShow({ invocation, args, deps }: CommandCall): string {
  const audience = audienceOf(invocation);
  const wanted = args['name'] ?? '';
  const name = wanted.toLowerCase().replaceAll(/[_\s]+/g, '-');
  const skill = deps.skills.get(name, audience);
  if (skill === undefined) {
    const names = deps.skills.list(audience).map((known) => known.name);
    const near = nearest(wanted, names) ?? names.find((known) => known.includes(name));
    const hint =
      near === undefined
        ? `${typed(invocation, 'skill list')} shows all of them.`
        : `Did you mean ${typed(invocation, `skill show ${near}`)}?`;
    throw new AppError('not_found', `I have no skill “${literal(shortened(wanted, 64))}” here. ${hint}`);
  }
  const facts = [
    `**${literal(skill.name)}**, version ${skill.version}`,
    `*When:* ${literal(skill.description)}`,
    ...(skill.triggers.length > 0 ? [`*Also found by:* ${skill.triggers.map(literal).join(', ')}`] : []),
  ];
  // The body last and by itself: whatever its Markdown leaves open ends with it.
  return `${facts.join('\n')}\n\n---\n\n${skill.body}`;
}

export function runSkillSearch({ invocation, args, deps }: CommandCall): string {
  const words = args['words'] ?? '';
  const hits = deps.skills.search(words, searchLimit, audienceOf(invocation));
  const quoted = `“${literal(shortened(words, 80))}”`;
  if (hits.length === 0)
    return `No skill has to do with ${quoted}. ${typed(invocation, 'skill list')} shows all of them.`;
  const lines = hits.map(({ skill, score }) => {
    const fit = score > 0 ? ` (${Math.round(score * 100)} %)` : '';
    return `- **${literal(skill.name)}**${fit} – ${literal(shortened(skill.description, shownDescriptionChars))}`;
  });
  return [`Skills for ${quoted}, best first:`, lines.join('\n')].join('\n\n');
}
