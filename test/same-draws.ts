/** Generated inputs are the same in every run, so that what failed once fails again. GONOGO_SEED draws others: the soak does. */
import fc from 'fast-check';

const { GONOGO_SEED = '1' } = process.env;

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(GONOGO_SEED) });
