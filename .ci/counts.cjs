/* Prints how many tests passed and failed, from vitest's JSON report. Fails when none ran or one failed. */
'use strict';

const { readFileSync } = require('node:fs');

const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
if (!(numPassedTests > 0) || numFailedTests > 0) process.exitCode = 1;
const skipped = numPendingTests > 0 ? `, ${numPendingTests} skipped` : '';
console.log(`${numPassedTests} passed, ${numFailedTests} failed${skipped}`);
