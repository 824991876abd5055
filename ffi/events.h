/* The one queue through which everything that happens reaches JavaScript. */
#import <Foundation/Foundation.h>

/* Adds an event: what JSON can hold, with the machine's number as "machine". */
void SnapvmPostEvent(NSDictionary *event);

/* Waits for an event and takes it out. */
NSDictionary *SnapvmNextEvent(void);

/* Takes a machine's events out and closes the descriptors that they carry. */
void SnapvmDropEvents(uint32_t machine);
