/** How bad an incident is: one scale for what a document says, what people say as it goes on, and what a report tells. */
import * as z from 'zod';

/** The worst first. */
export const severities = ['sev1', 'sev2', 'sev3', 'sev4', 'sev5'] as const;
export const severitySchema = z.enum(severities);
export type Severity = z.infer<typeof severitySchema>;
