#include "configure.h"

void configure_begin(const struct fields *configuration) { (void)configuration; }

void configure_root(const struct fields *configuration) { (void)configuration; }
