/** gonogo's own version, as recorded in every run. A test holds it against package.json. */
export const version = '0.1.0';
