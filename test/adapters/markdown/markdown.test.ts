import { createMarkdown } from '../../../adapters/markdown/markdown.ts';
import { markdownContract } from '../../contract/markdown.ts';

markdownContract('mdast', createMarkdown);
