/** How long the queue's copy of a job waits that the asking process begins itself. */
export const copyWaitsSeconds = 10;
