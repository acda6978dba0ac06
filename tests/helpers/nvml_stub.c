/* A stand-in for NVIDIA's management library: the calls that Lightwork makes, answered from a script.
 *
 * Signatures and structures follow NVIDIA's nvml.h. The environment variable NVML_STUB names the script, which is
 * read anew at every call, so that a test can change the cards under a running program. Its lines:
 *
 *   device TOTAL USED LOAD CELSIUS MILLIWATTS NAME...     one card more; bytes, percent
 *   fail FUNCTION CODE [INDEX]                            this call returns CODE (for one card only, if given)
 *   unload                                                the driver goes: calls fail until the library starts again
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUCCESS = 0, UNINITIALIZED = 1, INVALID_ARGUMENT = 2, INSUFFICIENT_SIZE = 7, VERSION_MISMATCH = 25, CARDS = 16 };

typedef int nvmlReturn_t;
typedef void *nvmlDevice_t;
typedef struct { unsigned long long total, free, used; } nvmlMemory_t;
typedef struct { unsigned int gpu, memory; } nvmlUtilization_t;
typedef struct { unsigned int version, sensorType; int temperature; } nvmlTemperature_v1_t;

typedef struct {
    unsigned long long total, used;
    unsigned int load, celsius, milliwatts;
    char name[96];
} Card;

static int started = 0;
static Card cards[CARDS];
static int count;

/* Read the script; return the code that `function` must fail with for card `index` (-1: no card), else 0. */
static int consult(const char *function, int index) {
    const char *path = getenv("NVML_STUB");
    FILE *script = path ? fopen(path, "r") : NULL;
    char line[256], named[64];
    int verdict = SUCCESS, code, only;
    count = 0;
    while (script && fgets(line, sizeof line, script)) {
        Card *card = &cards[count < CARDS ? count : CARDS - 1];
        if (sscanf(line, "device %llu %llu %u %u %u %95[^\n]", &card->total, &card->used, &card->load, &card->celsius,
                   &card->milliwatts, card->name) == 6) {
            if (count < CARDS) count++;
        } else if (strncmp(line, "unload", 6) == 0) {
            started = 0;
        } else {
            only = -1;
            if (sscanf(line, "fail %63s %d %d", named, &code, &only) >= 2 && strcmp(named, function) == 0 &&
                (only == -1 || only == index))
                verdict = code;
        }
    }
    if (script) fclose(script);
    return verdict;
}

/* A handle is its card's index plus one, so that no handle is NULL. */
static int answer(const char *function, nvmlDevice_t device, Card **card) {
    int index = (int)(intptr_t)device - 1, verdict = consult(function, index);
    if (!started) return UNINITIALIZED;
    if (verdict != SUCCESS) return verdict;
    if (index < 0 || index >= count) return INVALID_ARGUMENT;
    *card = &cards[index];
    return SUCCESS;
}

nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
    int verdict = consult("nvmlInitWithFlags", -1);
    (void)flags;
    if (verdict == SUCCESS) started++;
    return verdict;
}

nvmlReturn_t nvmlShutdown(void) {
    int verdict = consult("nvmlShutdown", -1);
    if (!started) return UNINITIALIZED;
    if (verdict == SUCCESS) started--;
    return verdict;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *number) {
    int verdict = consult("nvmlDeviceGetCount_v2", -1);
    if (!started) return UNINITIALIZED;
    *number = (unsigned int)count;
    return verdict;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
    int verdict = consult("nvmlDeviceGetHandleByIndex_v2", (int)index);
    if (!started) return UNINITIALIZED;
    if (verdict == SUCCESS && index >= (unsigned int)count) return INVALID_ARGUMENT;
    *device = (nvmlDevice_t)(intptr_t)(index + 1);
    return verdict;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *name, unsigned int length) {
    Card *card;
    int verdict = answer("nvmlDeviceGetName", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (strlen(card->name) + 1 > length) return INSUFFICIENT_SIZE;
    strcpy(name, card->name);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *memory) {
    Card *card;
    int verdict = answer("nvmlDeviceGetMemoryInfo", device, &card);
    if (verdict != SUCCESS) return verdict;
    memory->total = card->total;
    memory->used = card->used;
    memory->free = card->total - card->used;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetUtilizationRates(nvmlDevice_t device, nvmlUtilization_t *rates) {
    Card *card;
    int verdict = answer("nvmlDeviceGetUtilizationRates", device, &card);
    if (verdict != SUCCESS) return verdict;
    rates->gpu = card->load;
    rates->memory = card->load / 2; /* another number, to show which one is taken */
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned int sensor, unsigned int *celsius) {
    Card *card;
    int verdict = answer("nvmlDeviceGetTemperature", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (sensor != 0) return INVALID_ARGUMENT; /* NVML_TEMPERATURE_GPU is the only sensor */
    *celsius = card->celsius;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperatureV(nvmlDevice_t device, nvmlTemperature_v1_t *reading) {
    Card *card;
    int verdict = answer("nvmlDeviceGetTemperatureV", device, &card);
    if (verdict != SUCCESS) return verdict;
    if (reading->version != (sizeof *reading | 1u << 24)) return VERSION_MISMATCH;
    if (reading->sensorType != 0) return INVALID_ARGUMENT;
    reading->temperature = (int)card->celsius;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *milliwatts) {
    Card *card;
    int verdict = answer("nvmlDeviceGetPowerUsage", device, &card);
    if (verdict != SUCCESS) return verdict;
    *milliwatts = card->milliwatts;
    return SUCCESS;
}
