/** The world around the runs as the app sees it: the use cases that a command calls too. */
import { startDemo } from '../app/demo.ts';
import { findDocuments } from '../app/documents.ts';
import { earlierOutputs } from '../app/earlier-outputs.ts';
import { demoIn, shippedFolder } from '../app/package-folder.ts';
import { peopleAt } from '../app/people.ts';
import { runEnded } from '../app/refusal.ts';
import { makeReport } from '../app/report.ts';
import { previewReport } from '../app/report-preview.ts';
import { resume } from '../app/resume.ts';
import { saveOutput } from '../app/save-output.ts';
import { homeRuns } from '../app/standing.ts';
import { start } from '../app/start.ts';
import { readRun, type World } from '../app/world.ts';
import { writtenReport } from '../app/written-report.ts';
import type { Home } from './home.ts';

/** What the app is given of `world`. Whoever is asked for a passphrase gets the terminal for it. */
export function createHome(world: World): Home {
  return {
    runs: () => homeRuns(world),
    runbooks: () => findDocuments(world),
    open: async (run, changes) => {
      const resumed = await resume(world, { run, guided: true, changes });
      if (resumed.kind === 'ended') throw runEnded(resumed.state);
      return resumed;
    },
    start: async (path) => {
      const shipped = shippedFolder();
      const isDemo = shipped !== null && path === demoIn(shipped);
      return (await (isDemo ? startDemo(world) : start(world, { file: path, guided: true }))).session;
    },
    read: async (run) => (await readRun(world, run)).state,
    people: (run) => peopleAt(world, run),
    evidence: (run) => world.journals.evidence(run),
    saveOutput: (run, path, file) => saveOutput(world, run, path, file),
    durations: (title) => world.journals.durations(title),
    lastOutputs: (title, run) => earlierOutputs(world, title, run),
    report: (run) => writtenReport(world, run),
    previewReport: (run, signal) => previewReport(world, run, signal),
    writeReport: async (run, key) => {
      const { paths } = await makeReport(askingAside(world), { run, formats: null, key, bundle: null });
      return paths[0] ?? run;
    },
  };
}

/** A passphrase is asked for on the terminal itself. */
function askingAside(world: World): World {
  const { passphrase, lease } = world;
  return {
    ...world,
    passphrase: passphrase === null ? null : (path) => lease.lend(() => passphrase(path), 'question'),
  };
}
