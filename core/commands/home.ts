import type { Platform, SpaceId } from '../domain/ids.ts';
import { commandCatalogue } from './catalogue.ts';
import { commandUsage, isOffered } from './command-spec.ts';
import type { CommandDeps, CommandInvocation } from './context.ts';
import { typed } from './help.ts';
import { howToLink } from './how-to-link.ts';
import { counted, literal } from './markdown-text.ts';

export interface HomeVisit extends Pick<CommandInvocation, 'role' | 'isAdmitted' | 'capabilities'> {
  readonly platform: Platform;
  readonly spaceId: SpaceId;
}

const shownSkills = 10;

/** What the home page says: what the bot can do, how to talk to it, how to rate it, which skills it has. Markdown. */
export function homePage(visit: HomeVisit, deps: Pick<CommandDeps, 'skills'>): string {
  if (!visit.isAdmitted) return strangerPage(visit);
  return [
    '## What I can do',
    'Write to me, or mention me in a channel and I answer in a thread. The skills that fit your words go with each answer, and what you say of an answer is noted as feedback.',
    '## Tell me how it was',
    visit.capabilities.feedbackHint,
    '## Commands',
    commandLines(visit),
    '## Skills',
    skillLines(visit, deps),
    '## What I keep',
    `${typed(visit, 'privacy')} shows what is stored of you and who receives what you write.`,
  ].join('\n\n');
}

function strangerPage(visit: HomeVisit): string {
  return ['## I do not know you yet', howToLink(visit), `${typed(visit, 'privacy')} tells what I keep.`].join(
    '\n\n',
  );
}

function commandLines(visit: HomeVisit): string {
  return commandCatalogue
    .filter((spec) => isOffered(spec, visit))
    .map((spec) => `- ${typed(visit, commandUsage(spec))} – ${spec.summary}`)
    .join('\n');
}

function skillLines(visit: HomeVisit, { skills }: Pick<CommandDeps, 'skills'>): string {
  const { spaceId, platform } = visit;
  const all = skills.list({ spaceId, platform, isShared: true });
  if (all.length === 0) return 'I have no skills yet.';
  const shown = all
    .slice(0, shownSkills)
    .map(({ name, description }) => `- **${literal(name)}** – ${literal(description)}`);
  const rest = all.length - shown.length;
  const more = rest > 0 ? [`and ${counted(rest, 'more', 'more')}: ${typed(visit, 'skill list')}`] : [];
  return [shown.join('\n'), ...more].join('\n\n');
}
