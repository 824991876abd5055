/* Holds the agent's reading of addresses against the C library's: for addresses that it writes, and for words that look
 * like some. */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "connect.h"

/* What main.c has for the others. */
const char agent_build[] = "test";

enum { ROUNDS = 100000 };

static void compare(int family, const char *text) {
  uint8_t expected[16], given[16];
  bool is_six = family == AF_INET6;
  bool is_one = inet_pton(family, text, expected) == 1;
  /* The form with an IPv4 address at its end is not the agent's. */
  if (is_six && strchr(text, '.') != NULL) is_one = false;
  char name[128];
  snprintf(name, sizeof name, is_six ? "tcp:[%s]:80" : "tcp:%s:80", text);
  struct sockaddr_storage address;
  socklen_t size;
  int type;
  bool is_read = connect_parse(name, &address, &size, &type);
  const void *bytes = is_six ? (const void *)&((struct sockaddr_in6 *)&address)->sin6_addr
                             : (const void *)&((struct sockaddr_in *)&address)->sin_addr;
  if (is_read) memcpy(given, bytes, is_six ? 16 : 4);
  if (is_read == is_one && (!is_one || memcmp(expected, given, is_six ? 16 : 4) == 0)) return;
  printf("%s: %s\n", name, is_read ? "read" : "not read");
  exit(1);
}

int main(void) {
  static const char letters[] = "0123456789afAFg::::...";
  srandom(1);
  for (int round = 0; round < ROUNDS; round++) {
    uint8_t bytes[16];
    /* Zeros in a row, as addresses have them. */
    for (int index = 0; index < 16; index++) bytes[index] = random() % 3 == 0 ? (uint8_t)random() : 0;
    char text[INET6_ADDRSTRLEN];
    compare(AF_INET6, inet_ntop(AF_INET6, bytes, text, sizeof text));
    compare(AF_INET, inet_ntop(AF_INET, bytes, text, sizeof text));
    size_t length = (size_t)(random() % 24);
    for (size_t index = 0; index < length; index++) text[index] = letters[(size_t)random() % (sizeof letters - 1)];
    text[length] = '\0';
    compare(AF_INET6, text);
    compare(AF_INET, text);
  }
  return 0;
}
