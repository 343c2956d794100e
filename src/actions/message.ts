/** What the receivers of a message read it from. */

export const messageFormats = ['slack', 'teams', 'mattermost', 'json'] as const;
export type MessageFormat = (typeof messageFormats)[number];

/** The JSON document that a webhook of that kind shows `text` of. */
export function messageBody(format: MessageFormat, text: string): string {
  return JSON.stringify(payloadOf(format, text));
}

function payloadOf(format: MessageFormat, text: string): Readonly<Record<string, unknown>> {
  switch (format) {
    case 'slack':
    case 'mattermost':
    case 'json':
      return { text };
    case 'teams':
      return {
        type: 'message',
        attachments: [
          {
            contentType: 'application/vnd.microsoft.card.adaptive',
            content: { type: 'AdaptiveCard', version: '1.4', body: [{ type: 'TextBlock', text, wrap: true }] },
          },
        ],
      };
  }
}
