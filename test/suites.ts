/** Which tests belong to which suite. `npm test` runs all that is in none of these, and stays under three minutes on two cores. */

/** Whole stories on real terminals, services, repositories and browsers, and many processes that are started or killed: `npm run test:slow`, and CI. */
export const slow = [
  'test/story/**/*.test.ts',
  'test/demo/**/*.test.ts',
  'test/build/binary.test.ts',
  'test/build/release-runbook.test.ts',
  'test/authoring/record-shell.test.ts',
  'test/editor/lsp.test.ts',
  'test/drill/offered.test.ts',
  'test/elsewhere/at.test.ts',
  'test/hosts/**/*.test.ts',
  'test/readme/tour.test.ts',
  'test/attack/memory.test.ts',
  'test/attack/mutations.test.ts',
  'test/audit/**/*.test.ts',
  'test/engine/kept-files.test.ts',
  'test/tui/terminal.test.ts',
  'test/kill/kill.test.ts',
  'test/faults/sample.test.ts',
  'test/engine/{answers,beginnings,blocks,each,hooks,language,lost-output,probes,redo,refused,secrets,starting,starts-nothing,tty,values}.test.ts',
  'test/examples/{approvals,canary,hosts,migration,restart-loop,service-down}.test.ts',
  'test/host/{attempts,attempts-end,attempts-resume,mask-attempts,stand-by}.test.ts',
  'test/journal/{newer,processes}.test.ts',
  'test/resume/{attach,clock,decision-clock,disk,documents,handover,holds,in-doubt,list,logs,one-writer,printing,refusals,rollback,screen,signals,timeline,vanished}.test.ts',
  'test/signing-commands/{approve,command-line,demo,gates,report,verify}.test.ts',
  'test/sim/{hosts,shared,sim-more,two-runs}.test.ts',
  'test/report/axe.test.ts',
  'test/shared/**/*.test.ts',
  'test/runbooks/**/*.test.ts',
];

/** Long runs with many faults: `npm run soak`. */
export const soak = [
  'test/soak/**/*.test.ts',
  'test/faults/faults.test.ts',
  'test/kill/commands.test.ts',
  'test/resume/hold-race.test.ts',
];

/** Releases of whole systems against stand-ins, with one command after the other failing: `npm run test:systems`, and CI. */
export const systems = ['test/systems/**/*.test.ts'];

/** What all suites share. */
export const shared = {
  root: new URL('..', import.meta.url).pathname,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  maxWorkers: 2,
  setupFiles: ['test/same-draws.ts'],
  reporters: ['default'],
};
