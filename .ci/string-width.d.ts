/** The cells that `text` takes, as string-width tells them. */
export default function stringWidth(text: string, options?: object): number;
