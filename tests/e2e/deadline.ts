/** The promise, or an error with this message when it takes longer. Leaves no timer behind. */
export async function deadline<T>(
  promise: Promise<T>,
  limitMs: number,
  message: () => string,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(message())), limitMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
