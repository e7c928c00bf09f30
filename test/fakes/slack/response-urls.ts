import { z } from 'zod';
import { ApiRefusal, malformed } from './api-refusal.ts';
import { messageBlock } from './block-schemas.ts';

/** https://docs.slack.dev/interactivity/handling-user-interaction#message_responses */
const LIFE_MS = 30 * 60_000;
const MAX_USES = 5;

export interface ResponsePlace {
  readonly channel: string;
  readonly user: string;
  /** The message whose button was pressed. */
  readonly messageTs?: string | undefined;
  readonly threadTs?: string | undefined;
}

const bodySchema = z.strictObject({
  text: z.string().optional(),
  blocks: z.array(messageBlock).max(50).optional(),
  response_type: z.enum(['ephemeral', 'in_channel']).optional(),
  replace_original: z.boolean().optional(),
  delete_original: z.boolean().optional(),
  thread_ts: z.string().optional(),
  unfurl_links: z.boolean().optional(),
  unfurl_media: z.boolean().optional(),
  mrkdwn: z.boolean().optional(),
  parse: z.enum(['none', 'full']).optional(),
  link_names: z.boolean().optional(),
});

export type ResponseBody = z.infer<typeof bodySchema>;

/** What came back from the app for a command or a press. */
export function readResponse(value: unknown): ResponseBody {
  const parsed = bodySchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const reasons = parsed.error.issues.map((issue) => `${issue.path.map(String).join('.')}: ${issue.message}`);
  throw malformed(
    parsed.error.issues.every((issue) => issue.path[0] === 'blocks') ? 'invalid_blocks' : 'invalid_payload',
    ...reasons,
  );
}

export interface ResponseUrls {
  /** The path of an address under the server's own. */
  issue(place: ResponsePlace): string;
  /** Whose address it is; counts one use. */
  use(path: string): ResponsePlace;
  /** How often each was used, by path. */
  readonly uses: ReadonlyMap<string, number>;
}

const gone = (code: string): ApiRefusal => new ApiRefusal(code, { status: 404 });

export function createResponseUrls(now: () => number): ResponseUrls {
  const issued = new Map<string, { readonly place: ResponsePlace; readonly at: number }>();
  const uses = new Map<string, number>();
  return {
    issue(place) {
      const path = `/hooks/response/${issued.size + 1}/${'x'.repeat(24)}`;
      issued.set(path, { place, at: now() });
      return path;
    },
    use(path) {
      const found = issued.get(path);
      if (found === undefined) throw gone('invalid_url');
      if (now() - found.at > LIFE_MS) throw gone('expired_url');
      const used = uses.get(path) ?? 0;
      if (used >= MAX_USES) throw gone('used_url');
      uses.set(path, used + 1);
      return found.place;
    },
    get uses() {
      return new Map(uses);
    },
  };
}
