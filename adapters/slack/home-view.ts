import { AppError } from '../../core/domain/app-error.ts';
import type { Document } from '../../core/domain/document.ts';
import type { HomeView } from './client.ts';
import { renderBlocks } from './render-blocks.ts';

/** https://docs.slack.dev/reference/views/home-tab-views */
const maxBlocks = 100;

/** The home page. Throws `invalid_input` where it is empty or too long for Slack. */
export function homeView(document: Document): HomeView {
  const blocks = renderBlocks(document, 'view');
  if (blocks.length === 0) throw new AppError('invalid_input', 'A home page in Slack cannot be empty.');
  if (blocks.length > maxBlocks) {
    const message = `A home page in Slack may have ${maxBlocks} blocks; this one has ${blocks.length}.`;
    throw new AppError('invalid_input', message);
  }
  return { type: 'home', blocks: [...blocks] };
}
